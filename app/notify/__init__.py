"""Messages to people about alarms: what they say, how they are sent, and the `pantau notify` commands."""

"""What devices announce of themselves, so that an entry of the site file can be written for them."""

"""What is kept of the waste programme."""

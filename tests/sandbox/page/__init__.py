"""What the sandbox's page must do, tested in a real browser with an invented night on call."""

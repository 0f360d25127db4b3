"""What the sandbox's page must do, seen through a real browser against a made-up night on call."""

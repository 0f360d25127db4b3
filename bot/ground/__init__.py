"""What every room stands on and what knows no room: the clock, the numbers, the log, certificates, the points of failure."""

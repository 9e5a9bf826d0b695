"""What tests stand on: servers shared by a whole run, and a browser that needs nothing installed."""

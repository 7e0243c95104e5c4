"""What stands between the network and the app: names, headers, limits, health, what is handed out early."""

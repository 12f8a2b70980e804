"""The application: commands in, services, engine and store behind them."""

"""HTTP and WebSocket layer in front of Streamlit: allowed hosts, security headers, limits, health checks."""

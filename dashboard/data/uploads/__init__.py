"""Uploads: read by a confined process, stored with their metadata."""

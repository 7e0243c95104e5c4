"""Certificates: limits that hold on new data with a stated confidence, and the sample size they need."""

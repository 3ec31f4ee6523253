"""What an administrator may set, by part. ``web.config`` joins the parts and alone reads the environment."""

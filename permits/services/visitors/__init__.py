"""Hours of parking for visitors."""

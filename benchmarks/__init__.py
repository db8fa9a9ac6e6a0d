"""What is measured: ratios within one run, and accuracy on clips with ground truth."""

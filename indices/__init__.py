"""What measured figures mean to people: air quality index, rain classes, noise levels, heat index. Pure formulas."""

"""Facts that messages give: amounts, rooms, areas, places, days, ways to reach somebody."""

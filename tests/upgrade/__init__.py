"""L77: archives that older crawlers left, as text; ``make`` writes them with those crawlers' own code."""

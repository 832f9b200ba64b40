"""Second views of the same values, for machines: one file a format, each with `render(report)`."""

namespace Mimir.Cli.Output;

/// <summary>Rows of text in aligned columns, two spaces apart. Columns of numbers align right.</summary>
internal sealed class TextTable(params (string Heading, bool Right)[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row with a cell for every column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes the table; the headings where there are any.</summary>
    public void Write(TextWriter output)
    {
        var headings = columns.Select(column => column.Heading).ToArray();
        var hasHeadings = headings.Any(heading => heading.Length > 0);
        var widths = Enumerable.Range(0, columns.Length)
            .Select(i => _rows.Select(row => row[i].Length).Append(headings[i].Length).Max()).ToArray();
        foreach (var row in hasHeadings ? _rows.Prepend(headings) : _rows)
        {
            var cells = row.Select((cell, i) => columns[i].Right ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}

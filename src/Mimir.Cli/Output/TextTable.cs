using System.Globalization;
using Spectre.Console;

namespace Mimir.Cli.Output;

/// <summary>Rows of text in aligned columns, two spaces apart, in one line each however long. Columns of numbers align right.</summary>
internal sealed class TextTable
{
    private const int AnyWidth = 1000;
    private const int Gap = 2;

    private readonly Table _table = new Table().NoBorder().Collapse();

    /// <summary>A table without rows; it shows its headings where there are any.</summary>
    public TextTable(params (string Heading, bool Right)[] columns)
    {
        _table.ShowHeaders = columns.Any(column => column.Heading.Length > 0);
        for (var i = 0; i < columns.Length; i++)
        {
            _table.AddColumn(new TableColumn(Markup.Escape(columns[i].Heading))
            {
                Alignment = columns[i].Right ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, i + 1 < columns.Length ? Gap : 0, 0),
                NoWrap = true,
            });
        }
    }

    /// <summary>Adds a row with a cell for every column.</summary>
    public void Add(params string[] cells) => _table.AddRow([.. cells.Select(Markup.Escape)]);

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter output)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = AnyWidth;
        console.Write(_table);
        foreach (var line in text.ToString().TrimEnd().Split('\n'))
            output.WriteLine(line.TrimEnd());
    }
}

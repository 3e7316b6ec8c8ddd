namespace Mimir.Cli.Output;

/// <summary>Breaks text into lines at spaces.</summary>
internal static class Wrapping
{
    /// <summary>Lines of at most <paramref name="width"/> characters, where no word is longer.</summary>
    public static IEnumerable<string> Lines(string text, int width) => Lines(text.Split(' '), " ", width);

    /// <summary>As <see cref="Lines(string, int)"/>, with parts that stay whole.</summary>
    public static IEnumerable<string> Lines(IEnumerable<string> parts, string separator, int width)
    {
        var line = "";
        foreach (var part in parts)
        {
            if (line.Length > 0 && line.Length + separator.Length + part.Length > width)
            {
                yield return line + separator.TrimEnd();
                line = "";
            }

            line += line.Length == 0 ? part : separator + part;
        }

        yield return line;
    }
}

namespace Mimir.Cli.Errors;

/// <summary>Finds what a person probably meant.</summary>
internal static class Suggestion
{
    /// <summary>The candidate nearest to a word, if one is near: at most a third of its letters are wrong, missing or too many.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var best = candidates.Select(candidate => (Candidate: candidate, Distance: Distance(word, candidate)))
            .DefaultIfEmpty().MinBy(pair => pair.Distance);
        return best.Candidate is not null && best.Distance <= Math.Max(1, best.Candidate.TrimStart('-').Length / 3) ? best.Candidate : null;
    }

    /// <summary>The end of a message: <c>; did you mean X?</c>, or nothing.</summary>
    public static string For(string word, IEnumerable<string> candidates) => Nearest(word, candidates) is { } nearest ? $"; did you mean {nearest}?" : "";

    // Edits that make one word of the other (Levenshtein 1966).
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j < row.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j < row.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, 1 + Math.Min(diagonal, row[j - 1]));
            }
        }

        return row[^1];
    }
}

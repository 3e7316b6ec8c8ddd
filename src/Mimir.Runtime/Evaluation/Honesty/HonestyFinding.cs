namespace Mimir.Runtime.Evaluation;

/// <summary>What a check found.</summary>
/// <param name="Number">The check's number, from 1.</param>
/// <param name="Title">What it looks at.</param>
/// <param name="Verdict">What it says.</param>
/// <param name="Figures">Its figures, and what they mean where they are bad; one line.</param>
public sealed record HonestyFinding(int Number, string Title, HonestyVerdict Verdict, string Figures)
{
    /// <summary>More figures, a line each.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}

namespace Mimir.Runtime.Verification;

/// <summary>Collects the comparisons of one golden case.</summary>
internal sealed class Comparison(string caseName, Bounds bounds)
{
    private const double SameValue = 1e-6; // a larger difference makes an adversarial value another one

    private readonly List<VerifyLine> _lines = [];

    /// <summary>What results are held against.</summary>
    public Bounds Bounds => bounds;

    /// <summary>The comparisons so far.</summary>
    public IReadOnlyList<VerifyLine> Lines => _lines;

    /// <summary>Compares in the relative L2 norm.</summary>
    public void Relative(string tensor, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, double bound)
    {
        if (actual.Length != expected.Length)
        {
            Fail(tensor, $"{actual.Length} values here, {expected.Length} in the file");
            return;
        }

        double squared = 0, reference = 0, largest = 0;
        var at = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            var difference = Math.Abs((double)actual[i] - expected[i]);
            squared += difference * difference;
            reference += (double)expected[i] * expected[i];
            if (!(difference <= largest))
                (largest, at) = (difference, i);
        }

        var relative = Math.Sqrt(squared) / Math.Max(Math.Sqrt(reference), 1e-12);
        _lines.Add(new VerifyLine(caseName, tensor, relative, largest, Place(at, actual.Length), bound, relative <= bound));
    }

    /// <summary>Compares one number, relative to itself.</summary>
    public void Relative(string tensor, double actual, double expected, double bound) =>
        Scaled(tensor, actual, expected, Math.Abs(expected), bound);

    /// <summary>Compares one number, relative to a scale that its error follows.</summary>
    public void Scaled(string tensor, double actual, double expected, double scale, double bound)
    {
        var difference = Math.Abs(actual - expected);
        var relative = difference / Math.Max(scale, 1e-12);
        _lines.Add(new VerifyLine(caseName, tensor, relative, difference, "", bound, relative <= bound));
    }

    /// <summary>Compares the change that a step made: (actual − before) against (expected − before).</summary>
    public void Change(string tensor, ReadOnlySpan<float> before, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        if (actual.Length != expected.Length || before.Length != expected.Length)
        {
            Fail(tensor, $"{actual.Length} values here, {expected.Length} in the file");
            return;
        }

        var mine = new float[actual.Length];
        var theirs = new float[actual.Length];
        for (var i = 0; i < mine.Length; i++)
        {
            mine[i] = actual[i] - before[i];
            theirs[i] = expected[i] - before[i];
        }

        Relative(tensor, mine, theirs, bounds.Update);
    }

    /// <summary>Compares adversarial images: few values may differ, and none may leave the ball or the pixel range.</summary>
    public void Adversarial(
        string tensor, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, ReadOnlySpan<float> natural, double epsilon)
    {
        if (actual.Length != expected.Length)
        {
            Fail(tensor, $"{actual.Length} values here, {expected.Length} in the file");
            return;
        }

        var differing = 0;
        var largest = 0.0;
        var at = 0;
        var outside = -1;
        for (var i = 0; i < actual.Length; i++)
        {
            var difference = Math.Abs((double)actual[i] - expected[i]);
            if (!(difference <= SameValue))
                differing++;
            if (!(difference <= largest))
                (largest, at) = (difference, i);
            if (!(actual[i] >= 0 && actual[i] <= 1 && Math.Abs((double)actual[i] - natural[i % natural.Length]) <= epsilon + 1e-6))
                outside = i;
        }

        var share = (double)differing / Math.Max(1, actual.Length);
        var problem = outside < 0 ? "" : $"value {outside} leaves the ball or [0, 1]";
        _lines.Add(new VerifyLine(
            caseName, tensor, share, largest, Place(at, actual.Length), bounds.FlippedValues, share <= bounds.FlippedValues && outside < 0, problem));
    }

    /// <summary>Notes something that could not be compared.</summary>
    public void Fail(string tensor, string problem) =>
        _lines.Add(new VerifyLine(caseName, tensor, double.NaN, double.NaN, "", double.NaN, false, problem));

    private static string Place(int index, int length) => length > 1 ? index.ToString() : "";
}

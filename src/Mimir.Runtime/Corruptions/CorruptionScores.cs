using Mimir.Runtime.Evaluation;

namespace Mimir.Runtime.Corruptions;

/// <summary>How many images a classifier has right under a corruption.</summary>
/// <param name="Corruption">The corruption.</param>
/// <param name="Severity">From 1.</param>
/// <param name="Accuracy">Of all images.</param>
public sealed record CorruptionScore(Corruption Corruption, int Severity, Accuracy Accuracy);

/// <summary>The mean of several accuracies on the same images.</summary>
/// <param name="Share">The mean, in [0, 1].</param>
/// <param name="Interval">Half the width of its 95 % interval, 1.96·s/√n with s the deviation, over the n images, of the share of an image's corrupted
/// forms that are right: forms of one image are not independent of each other.</param>
public readonly record struct MeanAccuracy(double Share, double Interval)
{
    /// <summary>Of how many of some forms of each image are right.</summary>
    /// <param name="right">[images].</param>
    /// <param name="forms">Forms of each image, at least 1.</param>
    internal static MeanAccuracy Of(ReadOnlySpan<int> right, int forms)
    {
        double sum = 0, squares = 0;
        foreach (var count in right)
        {
            var share = (double)count / forms;
            sum += share;
            squares += share * share;
        }

        var mean = sum / right.Length;
        var variance = right.Length > 1 ? Math.Max(0, squares - right.Length * mean * mean) / (right.Length - 1) : 0;
        return new MeanAccuracy(mean, 1.96 * Math.Sqrt(variance / right.Length));
    }
}

/// <summary>What an evaluation under corruptions has found so far.</summary>
public sealed class CorruptionScores
{
    private readonly List<CorruptionScore> _scores = [];
    private readonly List<(Corruption Corruption, MeanAccuracy Mean)> _means = [];
    private readonly int[] _right; // forms that are right, of the corruptions that count
    private int _forms;

    internal CorruptionScores(int images) => _right = new int[images];

    /// <summary>Images under each corruption.</summary>
    public int Images => _right.Length;

    /// <summary>One entry a corruption and severity.</summary>
    public IReadOnlyList<CorruptionScore> Scores => _scores;

    /// <summary>The mean over severities of every corruption that is done.</summary>
    public IReadOnlyList<(Corruption Corruption, MeanAccuracy Mean)> Means => _means;

    /// <summary>The mean over the corruptions that are done and not held out; null where there is none.</summary>
    public MeanAccuracy? Mean => _forms == 0 ? null : MeanAccuracy.Of(_right, _forms);

    /// <summary>Takes in a corruption.</summary>
    /// <param name="corruption">The corruption.</param>
    /// <param name="severities">Each severity, and which images are right.</param>
    internal void Add(Corruption corruption, IReadOnlyList<(int Severity, bool[] Right)> severities)
    {
        var right = new int[Images];
        foreach (var (severity, images) in severities)
        {
            _scores.Add(new CorruptionScore(corruption, severity, new Accuracy(images.AsSpan().Count(true), Images)));
            for (var i = 0; i < right.Length; i++)
                right[i] += images[i] ? 1 : 0;
        }

        _means.Add((corruption, MeanAccuracy.Of(right, severities.Count)));
        if (corruption.IsExtra)
            return;
        _forms += severities.Count;
        for (var i = 0; i < right.Length; i++)
            _right[i] += right[i];
    }
}

namespace Mimir.Runtime.Ablation;

/// <summary>Two classifiers on the same images. Only images on which they disagree tell them apart (McNemar, Note on the sampling error of the
/// difference between correlated proportions or percentages, 1947).</summary>
/// <param name="Images">Images in all.</param>
/// <param name="Gained">Images that the first alone has right.</param>
/// <param name="Lost">Images that the second alone has right.</param>
public readonly record struct PairedDifference(int Images, int Gained, int Lost)
{
    /// <summary>Counts the images on which two columns disagree.</summary>
    /// <exception cref="ArgumentException">They are of other images.</exception>
    public static PairedDifference Of(EvaluatedColumn first, EvaluatedColumn second)
    {
        if (first.Right.Length != second.Right.Length)
            throw new ArgumentException($"columns of {first.Right.Length} and {second.Right.Length} images cannot be compared");
        var (gained, lost) = (0, 0);
        for (var i = 0; i < first.Right.Length; i++)
        {
            if (first.IsRight(i) != second.IsRight(i))
                _ = first.IsRight(i) ? gained++ : lost++;
        }

        return new PairedDifference(first.Right.Length, gained, lost);
    }

    private int Discordant => Gained + Lost;

    /// <summary>Accuracy of the first less that of the second.</summary>
    public double Difference => (double)(Gained - Lost) / Images;

    /// <summary>The exact two-sided p-value: if both were equally good, either would win a disagreement with probability ½.</summary>
    public double PValue => Discordant == 0 ? 1
        : Math.Min(1, 2 * BetaDistribution.Cumulative(0.5, Discordant - Math.Min(Gained, Lost), Math.Min(Gained, Lost) + 1));

    /// <summary>The difference with the interval that belongs to the exact test: given how often they disagree, the share of disagreements
    /// that the first wins has the interval of Clopper and Pearson, so that 0 lies outside just where the p-value is below 0.05. Without any
    /// disagreement it is as wide as the share of disagreements that none in so many images leaves possible.</summary>
    public Interval Interval
    {
        get
        {
            if (Discordant == 0)
            {
                var most = Ablation.Interval.OfShare(0, Images).High;
                return new Interval(0, -most, most);
            }

            var share = Ablation.Interval.OfShare(Gained, Discordant);
            var scale = (double)Discordant / Images;
            return new Interval(Difference, (2 * share.Low - 1) * scale, (2 * share.High - 1) * scale);
        }
    }
}

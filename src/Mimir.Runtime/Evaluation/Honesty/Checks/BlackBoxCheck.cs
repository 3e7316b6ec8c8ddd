using Mimir.Runtime.Attacks;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Evaluation;

/// <summary>What does not see the model's gradients must not do better than what does (Athalye et al. 2018, arXiv:1802.00420, section 3.1): the square attack,
/// and PGD's images made on another model, against the worst case of PGD on cross-entropy and on the margin and the evaluation's own attacks.</summary>
internal sealed class BlackBoxCheck() : HonestyCheck(7, "attacks without gradients are weaker")
{
    private const double Allowed = 0.002;
    private const string Square = "square";
    private const int Listed = 20;

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) =>
        [HonestyAttack.Of(bench.Pgd), HonestyAttack.Of(bench.Margin), new(SquareOf(bench), new HonestyCost(bench.Settings.Queries + 1, 0))];

    public override HonestyCost Cost(HonestyBench bench) =>
        bench.Settings.Surrogate is null ? default : (HonestyAttack.Of(bench.Pgd).Cost + new HonestyCost(1, 0)) * bench.Right.Length;

    public override HonestyFinding Run(HonestyBench bench)
    {
        var (entropy, margin, square) = (bench.Fooled(bench.Pgd), bench.Fooled(bench.Margin), bench.Fooled(SquareOf(bench)));
        var broken = bench.Right.Select(image => bench.Session.Results.BrokenBy[image]).ToArray();
        var white = entropy.Select((fooled, i) => fooled || margin[i] || broken[i] is not (null or Square)).ToArray();
        var only = bench.Right.Where((_, i) => square[i] && !white[i]).ToArray();
        return Judge(bench.Chosen.Length, bench.Right.Length, white.Count(fooled => fooled), square.Count(fooled => fooled), only, bench.Settings.Queries, Transfer(bench));
    }

    /// <summary>The verdict on counts of fooled images.</summary>
    /// <param name="images">All images.</param>
    /// <param name="right">Of these, those right as they are.</param>
    /// <param name="white">Of those, fooled with gradients.</param>
    /// <param name="square">Fooled by the square attack.</param>
    /// <param name="only">Numbers of images that only the square attack fooled.</param>
    /// <param name="queries">Its queries.</param>
    /// <param name="transfer">Fooled by images made on another model; null where there was none.</param>
    internal HonestyFinding Judge(int images, int right, int white, int square, int[] only, int queries, int? transfer)
    {
        string Accuracy(int fooled) => Percent((double)(right - fooled) / images);
        var figures = $"gradients {Accuracy(white)}, square ({queries} queries) {Accuracy(square)}; {only.Length} images fall to it alone; "
            + (transfer is { } moved ? $"transfer from another model {Accuracy(moved)}" : "transfer not run: give another checkpoint as --surrogate");
        var finding = square - white > Allowed * images ? Finding(HonestyVerdict.Fail, $"{figures}: gradients are masked")
            : transfer > white ? Finding(HonestyVerdict.Fail, $"{figures}: another model's gradients work better than its own, which are masked")
            : only.Length > Allowed * images ? Finding(HonestyVerdict.Warn, $"{figures}: the gradient attacks miss what a random search finds; add autoattack")
            : Finding(HonestyVerdict.Pass, figures);
        return only.Length == 0 ? finding : finding with
        {
            Details = [$"broken by square alone: images {string.Join(", ", only.Take(Listed))}{(only.Length > Listed ? ", ..." : "")}"],
        };
    }

    private static SquareAttack SquareOf(HonestyBench bench) =>
        new(bench.Session.Settings.Norm, bench.Session.Settings.Eps) { Queries = bench.Settings.Queries, Seed = bench.Session.Settings.Seed };

    private static int? Transfer(HonestyBench bench)
    {
        if (bench.Settings.Surrogate is not { } path)
            return null;
        var session = bench.Session;
        using var checkpoint = Checkpoint.Open(path);
        using var model = checkpoint.LoadClassifier(session.Model.Device);
        if (model.Classes != session.Model.Classes || model.ImageShape(0) != session.Model.ImageShape(0))
            throw new Formats.FileFormatException(path, "is a classifier of other images or classes; --surrogate needs one of the same");
        using var pass = new AttackPass(model, Math.Max(1, bench.Right.Length));
        var images = new float[bench.Right.Length][];
        bench.Run(bench.Pgd with { Keep = PgdKeep.BestLoss }, pass, (position, pixels) => images[position] = pixels);
        var predictions = new int[images.Length];
        session.Classification.Run(images.SelectMany(pixels => pixels).ToArray(), default, predictions, default, cancellation: bench.Cancellation);
        bench.Looked(predictions.Length);
        return predictions.Where((prediction, i) => prediction != session.Images.Labels[bench.Right[i]]).Count();
    }
}

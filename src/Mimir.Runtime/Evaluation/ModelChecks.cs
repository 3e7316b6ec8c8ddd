using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Evaluation;

/// <summary>Looks whether a model is one that the attacks can judge, as AutoAttack does (Croce and Hein 2020, arXiv:2003.01690, and the checks of its
/// code). That gradients are computed inside the forward pass, its "dynamic defence", cannot be in the models of this tool.</summary>
internal static class ModelChecks
{
    private const int Images = 64;
    private const int Passes = 5;
    private const double LargestDifference = 1e-4;
    private const double ProbabilitySlack = 1e-5;
    private const double SquareShare = 0.002;
    private const string Square = "square";

    /// <summary>What is remarkable before the attacks.</summary>
    public static IEnumerable<string> Before(EvaluationSession session)
    {
        var classes = session.Model.Classes;
        foreach (var planned in session.Plan)
        {
            if (planned.Entry.FewestClasses > classes)
                yield return $"{planned.Name}: its loss needs {planned.Entry.FewestClasses} classes, and there are {classes}; it raises the plain margin instead";
            if (planned.Entry.Knobs.HasFlag(AttackKnobs.Targets) && planned.Settings.Targets is { } targets && targets > classes - 1)
                yield return $"{planned.Name}: {targets} target classes are asked for, and there are {classes - 1} wrong ones; it takes those";
        }

        if (session.Plan.Count == 0)
            yield break;
        var logits = Logits(session, Enumerable.Range(0, Math.Min(Images, session.Images.Count)).ToArray());
        if (session.Plan.Any(planned => planned.Settings.Eot is null or 1) && Difference(logits, classes) is > LargestDifference and var difference)
            yield return $"the model answers the same images differently each time (normalised logits differ by {difference:0.0e+0}): "
                + "gradients must be averaged, use --attack autoattack-rand";
        if (logits[0].Chunk(classes).All(IsDistribution))
            yield return "the model's outputs are probabilities and not logits: losses saturate and hide gradients, so accuracies under attack are too high";
    }

    /// <summary>What is remarkable about an attack that is over.</summary>
    public static IEnumerable<string> Of(AttackRecord attack)
    {
        var still = attack.Results.Count(result => result.ZeroGradients > 0);
        if (still > 0)
            yield return $"{attack.Name}: {still} of {attack.Images.Count} images had no gradient at a start, where it stands still: gradients may be masked; "
                + "trust square, or an attack on a smooth approximation of the model";
        if (attack.Disagreements > 0)
            yield return $"{attack.Name}: on {attack.Disagreements} of {attack.Images.Count} images what it says and the independent prediction differ; the prediction counts";
    }

    /// <summary>What is remarkable after the attacks.</summary>
    public static IEnumerable<string> After(EvaluationSession session)
    {
        var bounded = session.Results.Attacks.Where(attack => attack.IsBounded).ToList();
        if (bounded.Find(attack => attack.Name == Square) is not { } square)
            yield break;
        // Attacks that came later had only what square left.
        var others = session.Mode == EvaluationMode.Individual ? bounded.Where(attack => attack != square) : bounded.TakeWhile(attack => attack != square);
        var gain = others.Select(attack => attack.RobustAfter.Share).DefaultIfEmpty(double.NegativeInfinity).Min() - square.RobustAfter.Share;
        if (gain > SquareShare)
            yield return $"square, which sees no gradient, lowers robust accuracy by {100 * gain:0.00} points below what gradients reach: "
                + "they may be masked; try more --queries or an adaptive attack";
    }

    // The passes run beside each other on the lanes.
    private static float[][] Logits(EvaluationSession session, int[] chosen)
    {
        var (model, images) = (session.Model, session.Images);
        var values = images.Shape.Values;
        var pixels = new float[chosen.Length * values];
        for (var i = 0; i < chosen.Length; i++)
            images.CopyImage(chosen[i], pixels.AsSpan(i * values, values));
        using var pools = new LanePools(model.Device, model.Device.Lanes);
        var input = model.Device.Allocate<float>(pixels.Length, "checked images");
        input.CopyFrom(pixels);
        var work = new Work(session, pools, input, chosen.Length);
        model.Device.Run(work, Passes);
        input.Buffer.Dispose();
        return work.Logits;
    }

    // The largest L2 distance between two passes' logits of an image, scaled to length 1; infinite where they name different classes.
    private static double Difference(float[][] passes, int classes)
    {
        var scaled = Array.ConvertAll(passes, pass => pass.Chunk(classes).Select(Scaled).ToArray());
        var largest = 0.0;
        for (var a = 0; a < scaled.Length; a++)
        {
            for (var b = a + 1; b < scaled.Length; b++)
                largest = Math.Max(largest, scaled[a].Zip(scaled[b], (x, y) => Length(x.Zip(y, (u, v) => u - v))).Max());
        }

        return largest;
    }

    private static double[] Scaled(float[] logits)
    {
        var length = Length(logits.Select(logit => (double)logit)) + 1e-10;
        return Array.ConvertAll(logits, logit => logit / length);
    }

    private static double Length(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    private static bool IsDistribution(float[] logits) =>
        logits.Max() < 1 + ProbabilitySlack && logits.Min() > -ProbabilitySlack && Math.Abs(logits.Sum() - 1) < ProbabilitySlack;

    private sealed class Work(EvaluationSession session, LanePools pools, DeviceSpan<float> input, int count) : ITeamWork
    {
        public float[][] Logits { get; } = [.. Enumerable.Range(0, Passes).Select(_ => new float[count * session.Model.Classes])];

        public void Run(int task, int lane) => new Victim(session.Model, pools).Logits(input, Logits[task]);
    }
}

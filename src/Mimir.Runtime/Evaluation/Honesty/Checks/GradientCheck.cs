using Mimir.Kernels;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Evaluation;

/// <summary>Whether there are gradients to attack with, and whether they are those of the loss (Athalye et al. 2018, section 3.1; AutoAttack's zero-gradient flag): the share of
/// zero gradients under cross-entropy and DLR, and central differences at random pixels. Nothing between pixels and logits of this tool's models is without a
/// derivative.</summary>
internal sealed class GradientCheck() : HonestyCheck(9, "gradients")
{
    private const int DifferenceImages = 16;
    private const int Pixels = 16;
    private const float Step = 1e-3f;
    private const double AllowedError = 0.1;

    // Logits of a few dozen float32 products in a row: measured well below this, relative to the largest.
    private const double LogitError = 1e-6;

    public override HonestyCost Cost(HonestyBench bench) =>
        new HonestyCost(2, 2) * bench.Right.Length + new HonestyCost(2 * Pixels, 0) * Math.Min(DifferenceImages, bench.Right.Length);

    public override HonestyFinding Run(HonestyBench bench)
    {
        var pixels = bench.Pixels(bench.Right);
        var entropy = bench.Gradients(AttackLoss.CrossEntropy, pixels, bench.Right);
        var margin = bench.Gradients(bench.Margin.Loss, pixels, bench.Right);
        return Judge(entropy, margin, bench.Session.Images.Shape.Values, Difference(bench, entropy));
    }

    /// <summary>The verdict on gradients.</summary>
    /// <param name="entropy">[images, values], of cross-entropy.</param>
    /// <param name="margin">[images, values], of the margin loss.</param>
    /// <param name="values">Values of an image.</param>
    /// <param name="difference">Length of (central differences − gradient) at the chosen pixels, that of the gradient there, and what rounding may add.</param>
    internal HonestyFinding Judge(float[] entropy, float[] margin, int values, (double Error, double Length, double Rounding) difference)
    {
        var images = Math.Max(1, entropy.Length / values);
        var (still, stillMargin) = (Still(entropy, values), Still(margin, values));
        var infinite = entropy.Concat(margin).Count(value => !float.IsFinite(value));
        var (error, length, rounding) = difference;
        var figures = $"no gradient on {still} (cross-entropy) and {stillMargin} (margin) of {images} images, zero in {Percent(Zeros(entropy))} and {Percent(Zeros(margin))} of the pixels, "
            + $"{infinite} not finite; central differences are off by {error:0.##e0} of {length:0.##e0} (rounding {rounding:0.##e0})";
        return infinite > 0 ? Finding(HonestyVerdict.Fail, $"{figures}: attacks stand still where a gradient is not a number")
            : 2 * Math.Max(still, stillMargin) > images ? Finding(HonestyVerdict.Fail, $"{figures}: most images have no gradient, so attacks that follow it do nothing")
            : error > AllowedError * length + rounding ? Finding(HonestyVerdict.Fail, $"{figures}: the gradient is not that of the loss")
            : still + stillMargin > 0 ? Finding(HonestyVerdict.Warn, $"{figures}: images without gradient stand for lack of attack; add square")
            : Finding(HonestyVerdict.Pass, figures);
    }

    private static int Still(float[] gradients, int values) => gradients.Chunk(values).Count(image => image.All(value => value == 0));

    private static double Zeros(float[] gradients) => gradients.Length == 0 ? 0 : (double)gradients.Count(value => value == 0) / gradients.Length;

    // The loss is taken in float64 of float32 logits, so only theirs is the rounding.
    private static (double Error, double Length, double Rounding) Difference(HonestyBench bench, float[] gradients)
    {
        var values = bench.Session.Images.Shape.Values;
        var (error, length, largest, count) = (0.0, 0.0, 0.0, 0);
        for (var position = 0; position < Math.Min(DifferenceImages, bench.Right.Length); position++)
        {
            var natural = bench.Pixels([bench.Right[position]]);
            var stream = new PhiloxStream(bench.Session.Settings.Seed, RandomStreams.Of(RandomPurpose.CheckedPixel, bench.Right[position]));
            var at = new int[Pixels];
            foreach (ref var pixel in at.AsSpan())
                pixel = stream.NextInt(values);
            var moved = at.SelectMany(pixel => new[] { Moved(natural, pixel, Step), Moved(natural, pixel, -Step) }).SelectMany(image => image).ToArray();
            var logits = bench.Logits(moved).Chunk(bench.Session.Model.Classes).ToArray();
            var label = bench.Session.Images.Labels[bench.Right[position]];
            for (var i = 0; i < at.Length; i++)
            {
                var width = (double)(natural[at[i]] + Step) - (natural[at[i]] - Step);
                var gradient = gradients[position * values + at[i]];
                var slope = (CrossEntropy(logits[2 * i], label) - CrossEntropy(logits[2 * i + 1], label)) / width;
                (error, length, count) = (error + Math.Pow(slope - gradient, 2), length + (double)gradient * gradient, count + 1);
                largest = Math.Max(largest, logits[2 * i].Max(logit => Math.Abs((double)logit)));
            }
        }

        return (Math.Sqrt(error), Math.Sqrt(length), Math.Sqrt(count) * LogitError * largest / Step);
    }

    private static float[] Moved(float[] image, int pixel, float step)
    {
        var moved = (float[])image.Clone();
        moved[pixel] += step;
        return moved;
    }

    private static double CrossEntropy(float[] logits, int label)
    {
        var most = (double)logits.Max();
        return most + Math.Log(logits.Sum(logit => Math.Exp(logit - most))) - logits[label];
    }
}

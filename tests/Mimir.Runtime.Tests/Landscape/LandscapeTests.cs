using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Landscape;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Landscape;

[TestFixture]
internal sealed class LandscapeTests
{
    private const int Count = 12;
    private const int Points = 5;
    private const double Reach = 0.1;

    private static readonly ImageShape s_shape = new(3, 8, 8);
    private static readonly int[] s_labels = [.. Enumerable.Range(0, Count).Select(i => i % TinyModels.Classes)];

    [Test]
    public void StepsGoFromEndToEndThroughTheOrigin()
    {
        var surface = new LossSurface(41, 16 / 255.0);
        Assert.That(surface.StepOf(0), Is.EqualTo(-16 / 255.0));
        Assert.That(surface.StepOf(20), Is.Zero);
        Assert.That(surface.StepOf(40), Is.EqualTo(16 / 255.0));
        Assert.That(surface.StepOf(30), Is.EqualTo(8 / 255.0).Within(1e-15));
        Assert.That(() => new LossSurface(40, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void NumbersAndFileAgree()
    {
        using var folder = new TemporaryFolder();
        var surface = new LossSurface(3, 0.5);
        for (var i = 0; i < 9; i++)
            (surface.Loss[i], surface.Accuracy[i]) = (i / 4.0, 1 - i / 8.0);
        surface.SaveCsv(folder.File("a.csv"));
        Assert.That(File.ReadAllText(folder.File("a.csv")), Is.EqualTo(
            "a,b,loss,acc\n-0.5,-0.5,0,1\n-0.5,0,0.25,0.875\n-0.5,0.5,0.5,0.75\n0,-0.5,0.75,0.625\n0,0,1,0.5\n0,0.5,1.25,0.375\n"
            + "0.5,-0.5,1.5,0.25\n0.5,0,1.75,0.125\n0.5,0.5,2,0\n"));
        Assert.That(surface.LossBetween(0.5, 0.5), Is.EqualTo(0.5), "between four points their mean");
    }

    [Test]
    public void TheInputSurfaceIsTheLossOfMovedImages()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device);
        var images = Images();
        var (mean, first) = InputLandscape.Evaluate(model, images, Points, Reach, seed: 4, _ => { }, default);
        var (losses, predictions) = Plain(model, images);
        var origin = mean.Loss.Length / 2;
        Assert.That(mean.Loss[origin], Is.EqualTo(losses.Average(loss => (double)loss)).Within(1e-12));
        Assert.That(mean.Accuracy[origin], Is.EqualTo(predictions.Where((prediction, i) => prediction == s_labels[i]).Count() / (double)Count));
        Assert.That(first.Loss[origin], Is.EqualTo(losses[0]));

        // A small step along the sign of the gradient raises every image's loss, and one back lowers it; across it does neither as much.
        var (small, _) = InputLandscape.Evaluate(model, images, 3, 0.004, seed: 4, _ => { }, default);
        var (up, down, side) = (small.LossAt(2, 1) - small.LossAt(1, 1), small.LossAt(1, 1) - small.LossAt(0, 1), Math.Abs(small.LossAt(1, 2) - small.LossAt(1, 0)) / 2);
        Assert.That(up, Is.Positive);
        Assert.That(down, Is.EqualTo(up).Within(0.2 * up));
        Assert.That(side, Is.LessThan(0.5 * up));
    }

    [Test]
    public void SurfacesDoNotDependOnThreads()
    {
        var (expectedInput, expectedWeight) = Surfaces(1);
        var (input, weight) = Surfaces(3);
        Assert.That(input, Is.EqualTo(expectedInput).AsCollection);
        Assert.That(weight, Is.EqualTo(expectedWeight).AsCollection);

        static (double[] Input, double[] Weight) Surfaces(int threads)
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.Classifier(device);
            return (
                InputLandscape.Evaluate(model, Images(), 3, Reach, seed: 1, _ => { }, default).Mean.Loss,
                WeightLandscape.Evaluate(model, Images(), 3, seed: 1, _ => { }, default).Loss);
        }
    }

    [Test]
    public void DirectionsAreNormalisedSliceBySlice()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        var weights = model.Parameters.Values.ToArray();
        var direction = WeightDirection.Draw(model.Parameters, weights, seed: 2, number: 0);
        foreach (var parameter in model.Parameters.Parameters)
        {
            var (start, count) = ((int)parameter.Offset, (int)parameter.Shape.Count);
            var moved = direction.AsSpan(start, count).ToArray();
            if (parameter.Shape.Rank < 2 || parameter.Name is "cls_token" or "pos_embed")
            {
                Assert.That(moved, Is.All.Zero, parameter.Name);
                continue;
            }

            var slice = count / parameter.Shape[0];
            for (var at = 0; at < count; at += slice)
                Assert.That(Norm(moved.AsSpan(at, slice)), Is.EqualTo(Norm(weights.AsSpan(start + at, slice))).Within(1e-5).Percent, $"{parameter.Name}, slice {at / slice}");
        }

        var other = WeightDirection.Draw(model.Parameters, weights, seed: 2, number: 1);
        var cosine = direction.Zip(other, (a, b) => (double)a * b).Sum() / (Norm(direction) * Norm(other));
        Assert.That(cosine, Is.Zero.Within(0.1), "a few thousand independent numbers");
    }

    [Test]
    public void TheModelHasItsWeightsAgain()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device);
        var (before, losses) = (model.Parameters.Values.ToArray(), Plain(model, Images()).Losses);
        var surface = WeightLandscape.Evaluate(model, Images(), 3, seed: 1, _ => { }, default);
        Assert.That(surface.Loss[4], Is.EqualTo(losses.Average(loss => (double)loss)).Within(1e-12), "the origin");
        Assert.That(surface.Loss.Distinct().Count(), Is.EqualTo(9), "each point has a loss of its own");
        using var source = new CancellationTokenSource();
        Assert.That(
            () => WeightLandscape.Evaluate(model, Images(), 3, seed: 1, _ => source.Cancel(), source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(model.Parameters.Values.ToArray(), Is.EqualTo(before).AsCollection);
        Assert.That(Plain(model, Images()).Losses, Is.EqualTo(losses).AsCollection, "the packed weights too");
    }

    [Test]
    public void AttackedImagesAreThoseOfTheAttack()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Classifier(device);
        var images = Images();
        var attacked = WeightLandscape.Attacked(model, images, new PgdAttack(new AttackBudget(0.05f, 0.0125f, 5)) { Keep = PgdKeep.Last }, default);
        var (natural, moved) = (new float[s_shape.Values], new float[s_shape.Values]);
        for (var i = 0; i < Count; i++)
        {
            images.CopyImage(i, natural);
            attacked.CopyImage(i, moved);
            Assert.That(natural.Zip(moved, (a, b) => Math.Abs(a - b)).Max(), Is.InRange(0.04, 0.05 + 1e-6), $"image {i}");
        }

        Assert.That(Plain(model, attacked).Losses.Average(), Is.GreaterThan(Plain(model, images).Losses.Average()));
    }

    [Test]
    public void PicturesAreDrawnOfFlatAndOfSteepSurfaces()
    {
        using var folder = new TemporaryFolder();
        var caption = new LandscapeCaption("Title", "Subtitle", "a", "b", 1, 0.5);
        var flat = new LossSurface(3, 1);
        var steep = new LossSurface(3, 1);
        Array.Fill(flat.Loss, 2);
        steep.Loss[8] = 1e6;
        LandscapePicture.Write(folder.File("flat.png"), flat, caption);
        LandscapePicture.Write(folder.File("steep.png"), steep, caption);
        Assert.That(File.ReadAllBytes(folder.File("flat.png")), Is.Not.EqualTo(File.ReadAllBytes(folder.File("steep.png"))).AsCollection);
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    private static (float[] Losses, int[] Predictions) Plain(VisionTransformer model, ImageSet images)
    {
        using var classification = new Classification(model);
        var (predictions, losses) = (new int[images.Count], new float[images.Count]);
        classification.Run(images, [.. Enumerable.Range(0, images.Count)], predictions, losses);
        return (losses, predictions);
    }

    private static ImageSet Images() =>
        ImageSet.FromFloats("test", "test", s_shape, SeededValues.Pixels(Count * s_shape.Values, 6), s_labels, ["a", "b", "c", "d", "e"]);
}

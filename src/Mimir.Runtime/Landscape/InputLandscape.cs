using Mimir.Kernels;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Landscape;

/// <summary>The loss around natural images: CE(clip(x + a·u + b·v)) with u the sign of the loss's gradient at x and v a Rademacher direction, as Tramèr
/// et al. 2018 (arXiv:1705.07204) draw it. Flat around the origin with a cliff just outside is how gradient masking looks.</summary>
public static class InputLandscape
{
    /// <summary>Evaluates the surface of the mean over images and that of the first image.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="images">The images, all of them.</param>
    /// <param name="points">Points of an axis, odd.</param>
    /// <param name="reach">The largest step along either direction, in pixel units.</param>
    /// <param name="seed">Decides v, image by image.</param>
    /// <param name="progress">Told of points done.</param>
    /// <param name="cancellation">Stops between points.</param>
    public static (LossSurface Mean, LossSurface First) Evaluate(
        VisionTransformer model, ImageSet images, int points, double reach, ulong seed, Action<int> progress, CancellationToken cancellation)
    {
        var (mean, first) = (new LossSurface(points, reach), new LossSurface(points, reach));
        var (natural, labels) = (Natural(images), images.Labels.ToArray());
        var (along, across) = (Signs(model, natural, labels), Rademacher(images, seed));
        var moved = new float[natural.Length];
        var (predictions, losses) = (new int[images.Count], new float[images.Count]);
        using var classification = new Classification(model);
        for (var point = 0; point < points * points; point++)
        {
            var (a, b) = ((float)mean.StepOf(point / points), (float)mean.StepOf(point % points));
            for (var i = 0; i < moved.Length; i++)
                moved[i] = Math.Clamp(natural[i] + a * along[i] + b * across[i], 0f, 1f);
            classification.Run(moved, labels, predictions, losses, cancellation: cancellation);
            SurfacePoint.Record(mean, point, predictions, losses, labels);
            SurfacePoint.Record(first, point, predictions.AsSpan(0, 1), losses.AsSpan(0, 1), labels.AsSpan(0, 1));
            progress(point + 1);
        }

        return (mean, first);
    }

    private static float[] Natural(ImageSet images)
    {
        var pixels = new float[images.Count * images.Shape.Values];
        for (var i = 0; i < images.Count; i++)
            images.CopyImage(i, pixels.AsSpan(i * images.Shape.Values, images.Shape.Values));
        return pixels;
    }

    private static float[] Signs(VisionTransformer model, float[] natural, int[] labels)
    {
        using var pools = new LanePools(model.Device, model.Device.Lanes);
        var victim = new Victim(model, pools);
        var images = model.Device.Allocate<float>(natural.Length, "images");
        var gradient = model.Device.Allocate<float>(natural.Length, "gradient");
        var classes = model.Device.Allocate<int>(labels.Length, "labels");
        images.CopyFrom(natural);
        classes.CopyFrom(labels);
        victim.Evaluate(
            AttackLoss.CrossEntropy, images, classes, default, new float[labels.Length * model.Classes], new float[labels.Length], gradient);
        var signs = gradient.ToArray();
        foreach (ref var value in signs.AsSpan())
            value = value > 0 ? 1 : value < 0 ? -1 : 0;
        images.Buffer.Dispose();
        gradient.Buffer.Dispose();
        classes.Buffer.Dispose();
        return signs;
    }

    private static float[] Rademacher(ImageSet images, ulong seed)
    {
        var directions = new float[images.Count * images.Shape.Values];
        for (var image = 0; image < images.Count; image++)
        {
            var stream = new PhiloxStream(seed, RandomStreams.Of(RandomPurpose.Landscape, image));
            foreach (ref var value in directions.AsSpan(image * images.Shape.Values, images.Shape.Values))
                value = (stream.NextUInt32() & 1) == 0 ? -1 : 1;
        }

        return directions;
    }
}

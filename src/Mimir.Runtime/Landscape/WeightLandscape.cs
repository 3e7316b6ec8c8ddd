using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Landscape;

/// <summary>The loss around a model's weights, along two directions of <see cref="WeightDirection"/>, on images that stay as they are: natural ones, or those
/// that an attack made for the weights at the origin.</summary>
public static class WeightLandscape
{
    /// <summary>The axes go from −1 to 1: at their ends a filter has moved by as much as it is long.</summary>
    public const double Reach = 1;

    /// <summary>Evaluates the surface; the model has its own weights again afterwards, whatever happens.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="images">The images, all of them.</param>
    /// <param name="points">Points of an axis, odd.</param>
    /// <param name="seed">Decides both directions.</param>
    /// <param name="progress">Told of points done.</param>
    /// <param name="cancellation">Stops between points.</param>
    public static LossSurface Evaluate(
        VisionTransformer model, ImageSet images, int points, ulong seed, Action<int> progress, CancellationToken cancellation)
    {
        var surface = new LossSurface(points, Reach);
        var origin = model.Parameters.Values.ToArray();
        var (first, second) = (WeightDirection.Draw(model.Parameters, origin, seed, 0), WeightDirection.Draw(model.Parameters, origin, seed, 1));
        var moved = new float[origin.Length];
        var labels = images.Labels.ToArray();
        int[] indices = [.. Enumerable.Range(0, images.Count)];
        var (predictions, losses) = (new int[images.Count], new float[images.Count]);
        using var classification = new Classification(model);
        try
        {
            for (var point = 0; point < points * points; point++)
            {
                var (a, b) = ((float)surface.StepOf(point / points), (float)surface.StepOf(point % points));
                for (var i = 0; i < moved.Length; i++)
                    moved[i] = origin[i] + a * first[i] + b * second[i];
                Set(model, moved);
                classification.Run(images, indices, predictions, losses, cancellation: cancellation);
                SurfacePoint.Record(surface, point, predictions, losses, labels);
                progress(point + 1);
            }
        }
        finally
        {
            Set(model, origin);
        }

        return surface;
    }

    /// <summary>The images as an attack leaves them.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="images">The natural images.</param>
    /// <param name="attack">The attack.</param>
    /// <param name="cancellation">Stops it.</param>
    public static ImageSet Attacked(VisionTransformer model, ImageSet images, IAttack attack, CancellationToken cancellation)
    {
        var sink = new Collector(images.Shape.Values, images.Count);
        using var pass = new AttackPass(model, Classification.UsualBlock);
        pass.Run(attack, images, Enumerable.Range(0, images.Count).ToArray(), sink, cancellation);
        return ImageSet.FromFloats(images.Name, $"{images.Source}, {attack.Name}", images.Shape, sink.Pixels, images.Labels.ToArray(), images.ClassNames);
    }

    private static void Set(VisionTransformer model, float[] weights)
    {
        model.Parameters.Values.CopyFrom(weights);
        model.Refresh();
    }

    private sealed class Collector(int values, int images) : IAttackSink
    {
        public float[] Pixels { get; } = new float[values * images];

        public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial) => adversarial.CopyTo(Pixels.AsSpan(image * values, values));
    }
}

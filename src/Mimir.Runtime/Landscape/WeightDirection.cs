using Mimir.Kernels;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Landscape;

/// <summary>A random direction in the space of weights, normalised filter by filter (Li et al. 2018, arXiv:1712.09913): Gaussian, with each slice along a
/// tensor's first dimension rescaled to the norm of the weights there. Tensors of one dimension, class token and positions stay.</summary>
public static class WeightDirection
{
    private const double Tiny = 1e-10;
    private const long StreamsOfADirection = 1 << 24;
    private const long FirstStream = 1L << 40; // behind those of images

    /// <summary>Draws a direction.</summary>
    /// <param name="parameters">The weights.</param>
    /// <param name="weights">Their values, in the store's layout.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="number">The direction's number; others are independent.</param>
    /// <returns>In the store's layout.</returns>
    public static float[] Draw(ParameterStore parameters, float[] weights, ulong seed, int number)
    {
        var drawn = parameters.AllocateLike("direction");
        foreach (var (i, parameter) in parameters.Parameters.Index().Where(one => IsMoved(one.Item)))
        {
            var stream = RandomStreams.Of(RandomPurpose.Landscape, FirstStream + number * StreamsOfADirection + i);
            Philox.Normal(seed, stream, 0, 0f, 1f, drawn.Slice(parameter.Offset, parameter.Shape.Count));
        }

        var direction = drawn.ToArray();
        drawn.Buffer.Dispose();
        foreach (var parameter in parameters.Parameters.Where(IsMoved))
        {
            var slice = (int)parameter.Shape.Count / parameter.Shape[0];
            for (var start = (int)parameter.Offset; start < parameter.Offset + parameter.Shape.Count; start += slice)
                Rescale(direction.AsSpan(start, slice), weights.AsSpan(start, slice));
        }

        return direction;
    }

    private static bool IsMoved(Parameter parameter) =>
        parameter.Trainable && parameter.Shape.Rank >= 2 && parameter.Name is not ("cls_token" or "pos_embed");

    private static void Rescale(Span<float> drawn, ReadOnlySpan<float> weights)
    {
        var factor = Norm(weights) / (Norm(drawn) + Tiny);
        foreach (ref var value in drawn)
            value = (float)(value * factor);
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }
}

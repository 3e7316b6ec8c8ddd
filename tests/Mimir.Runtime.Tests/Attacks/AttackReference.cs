using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>What plainly written attacks are built of: one image at a time, the model's losses and gradients, everything else in float64.</summary>
internal sealed class AttackReference(VisionTransformer model) : IDisposable
{
    private readonly LanePools _pools = new(model.Device, model.Device.Lanes);

    /// <summary>Logits, loss and gradient at a point.</summary>
    public (float[] Logits, float Loss, double[] Gradient) Evaluate(AttackLoss loss, double[] point, int label, int target = 0)
    {
        var device = model.Device;
        DeviceSpan<float> pixels = device.Allocate<float>(point.Length), gradient = device.Allocate<float>(point.Length);
        DeviceSpan<int> labels = device.Allocate<int>(1), targets = device.Allocate<int>(1);
        pixels.CopyFrom(Array.ConvertAll(point, value => (float)value));
        labels.CopyFrom([label]);
        targets.CopyFrom([target]);
        var (logits, losses) = (new float[model.Classes], new float[1]);
        new Victim(model, _pools).Evaluate(loss, pixels, labels, targets, logits, losses, gradient);
        var result = Array.ConvertAll(gradient.ToArray(), value => (double)value);
        foreach (var buffer in new[] { pixels.Buffer, gradient.Buffer, labels.Buffer, targets.Buffer })
            buffer.Dispose();
        return (logits, losses[0], result);
    }

    /// <summary>Whether the model is wrong about a point.</summary>
    public bool IsFooled(double[] point, int label) => Predictions.ArgMax(Evaluate(AttackLoss.CrossEntropy, point, label).Logits) != label;

    /// <summary>The nearest point of the ball and the pixel range, as attacks project: first onto the ball, then onto the range.</summary>
    public static double[] Project(AttackNorm norm, double[] point, double[] natural, double epsilon)
    {
        var offset = point.Zip(natural, (a, b) => a - b).ToArray();
        var length = Length(offset);
        return [.. offset.Zip(natural, (d, x) => Math.Clamp(x + (norm == AttackNorm.Linf ? Math.Clamp(d, -epsilon, epsilon) : d * Math.Min(1, epsilon / length)), 0, 1))];
    }

    /// <summary>The direction of steepest ascent: signs, or the gradient at length 1.</summary>
    public static double[] Direction(AttackNorm norm, double[] gradient)
    {
        var length = Length(gradient);
        return Array.ConvertAll(gradient, g => norm == AttackNorm.Linf ? Math.Sign(g) : g / length);
    }

    public void Dispose() => _pools.Dispose();

    private static double Length(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}

using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The start and the step of attacks in the L2 ball, one ball an image. Pixels are in [0, 1], radii in the same units.
/// <para>Errors: <see cref="ShapeException"/> if a span has another length. No images is a no-op.</para></summary>
public static partial class L2Step
{
    /// <summary>adversarial[b] = clip(x[b] + ε·radius[b]·noise[b] / ‖noise[b]‖₂, 0, 1);
    /// noise of length 0 leaves the image as it is.</summary>
    /// <param name="images">x [batch, values].</param>
    /// <param name="noise">[batch, values]; normal noise makes the direction uniform.</param>
    /// <param name="radius">[batch], share of ε in [0, 1].</param>
    /// <param name="batch">Number of images.</param>
    /// <param name="values">Values of an image, all channels.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="adversarial">[batch, values], overwritten; may be <paramref name="images"/> or <paramref name="noise"/>.</param>
    public static void Start(
        DeviceSpan<float> images, DeviceSpan<float> noise, DeviceSpan<float> radius, int batch, int values, float epsilon,
        DeviceSpan<float> adversarial)
    {
        const string entry = "L2Step.Start";
        Check(images, noise, "noise", batch, values, adversarial, entry);
        Contract.Elements(radius, batch, entry, "radius", "[batch]");
        if (adversarial.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            adversarial.Device, entry, 4.0 * adversarial.Length, 12.0 * adversarial.Length, new(batch, values));
        if (PtxDevice.Is(adversarial, out var gpu))
            StartOnPtx(gpu, images, noise, radius, batch, values, epsilon, adversarial);
        else
            StartOnHost(HostDevice.Of(adversarial, entry), images, noise, radius, batch, values, epsilon, adversarial);
    }

    /// <summary>One ascent step in place: a ← a + α·g / (‖g‖₂ + 1e-10), then δ = a − x is scaled back to length ε if it is longer, and
    /// a ← clip(x + δ, 0, 1). All norms are of one image.</summary>
    /// <param name="gradient">g [batch, values], the gradient of the loss that the attack raises.</param>
    /// <param name="images">x [batch, values], the natural images.</param>
    /// <param name="batch">Number of images.</param>
    /// <param name="values">Values of an image, all channels.</param>
    /// <param name="epsilon">ε, the ball's radius.</param>
    /// <param name="alpha">α, the length of the step.</param>
    /// <param name="adversarial">a [batch, values], read and overwritten.</param>
    public static void Step(
        DeviceSpan<float> gradient, DeviceSpan<float> images, int batch, int values, float epsilon, float alpha,
        DeviceSpan<float> adversarial)
    {
        const string entry = "L2Step.Step";
        Check(images, gradient, "gradient", batch, values, adversarial, entry);
        if (adversarial.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            adversarial.Device, entry, 9.0 * adversarial.Length, 16.0 * adversarial.Length, new(batch, values));
        if (PtxDevice.Is(adversarial, out var gpu))
            StepOnPtx(gpu, gradient, images, batch, values, epsilon, alpha, adversarial);
        else
            StepOnHost(HostDevice.Of(adversarial, entry), gradient, images, batch, values, epsilon, alpha, adversarial);
    }

    private static void Check(
        DeviceSpan<float> images, DeviceSpan<float> direction, string directionName, int batch, int values,
        DeviceSpan<float> adversarial, string entry)
    {
        Contract.Require(batch >= 0 && values >= 0, entry, "sizes must not be negative");
        Contract.Elements(images, (long)batch * values, entry, "images", "[batch, values]");
        Contract.Elements(direction, (long)batch * values, entry, directionName, "[batch, values]");
        Contract.Elements(adversarial, (long)batch * values, entry, "adversarial", "[batch, values]");
    }
}

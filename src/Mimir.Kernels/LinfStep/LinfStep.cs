using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The start and the step of attacks in the L∞ ball (projected gradient ascent, Madry et al. 2018, arXiv:1706.06083).
/// Pixels are in [0, 1] and every budget is in the same units, so 8/255 is 8/255. All devices give the same bits.
/// <para>Errors: <see cref="ShapeException"/> if the spans differ in length. No elements is a no-op.</para></summary>
public static partial class LinfStep
{
    /// <summary>adversarial = clip(images + noise, 0, 1).</summary>
    /// <param name="images">Natural images, any shape.</param>
    /// <param name="noise">The start's offset, the same shape.</param>
    /// <param name="adversarial">Overwritten; may be <paramref name="images"/> or <paramref name="noise"/>.</param>
    public static void Start(DeviceSpan<float> images, DeviceSpan<float> noise, DeviceSpan<float> adversarial)
    {
        const string entry = "LinfStep.Start";
        Contract.Elements(images, adversarial.Length, entry, "images", "the shape of adversarial");
        Contract.Elements(noise, adversarial.Length, entry, "noise", "the shape of adversarial");
        if (adversarial.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            adversarial.Device, entry, adversarial.Length, 12.0 * adversarial.Length, new(adversarial.Length));
        if (PtxDevice.Is(adversarial, out var gpu))
            StartOnPtx(gpu, images, noise, adversarial);
        else
            StartOnHost(HostDevice.Of(adversarial, entry), images, noise, adversarial);
    }

    /// <summary>One ascent step in place: a ← clip(x + clip(a + α·sign(g) − x, −ε, ε), 0, 1), where sign(0) = 0 and a gradient
    /// that is not a number counts as 0.</summary>
    /// <param name="gradient">g, the gradient of the loss that the attack raises.</param>
    /// <param name="images">x, the natural images.</param>
    /// <param name="epsilon">ε, the ball's radius in pixel units.</param>
    /// <param name="alpha">α, the step in pixel units.</param>
    /// <param name="adversarial">a, read and overwritten.</param>
    public static void Step(DeviceSpan<float> gradient, DeviceSpan<float> images, float epsilon, float alpha, DeviceSpan<float> adversarial)
    {
        const string entry = "LinfStep.Step";
        Contract.Elements(gradient, adversarial.Length, entry, "gradient", "the shape of adversarial");
        Contract.Elements(images, adversarial.Length, entry, "images", "the shape of adversarial");
        if (adversarial.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            adversarial.Device, entry, 4.0 * adversarial.Length, 16.0 * adversarial.Length, new(adversarial.Length));
        if (PtxDevice.Is(adversarial, out var gpu))
            StepOnPtx(gpu, gradient, images, epsilon, alpha, adversarial);
        else
            StepOnHost(HostDevice.Of(adversarial, entry), gradient, images, epsilon, alpha, adversarial);
    }
}

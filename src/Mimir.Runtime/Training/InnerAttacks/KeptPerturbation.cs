using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>The perturbation δ of free adversarial training (Shafahi et al. 2019, arXiv:1904.12843), one for every place of the batch. It
/// outlives replays and batches: the step's own backward pass moves it on, so no pass is spent on an attack.</summary>
internal sealed class KeptPerturbation : IInnerAttack, IDisposable
{
    /// <summary>δ = 0 for a batch.</summary>
    public KeptPerturbation(VisionTransformer model, int batch)
    {
        var encoder = model.Encoder;
        Values = model.Device.Allocate<float>((long)batch * encoder.Channels * encoder.Image * encoder.Image, "perturbation");
        Values.Clear();
    }

    /// <summary>δ, [batch, channels, side, side].</summary>
    public DeviceSpan<float> Values { get; }

    /// <summary>x' = clip(x + δ). The clip counts only where δ comes from another batch's image.</summary>
    public void Run(in InnerAttackInputs inputs) => LinfStep.Start(inputs.Natural, Of(inputs), inputs.Adversarial);

    /// <summary>δ ← clip(δ + ε·sign g, −ε, ε), and x + δ stays in [0, 1].</summary>
    /// <param name="inputs">As they were given to <see cref="Run"/>; the attacked images unchanged.</param>
    /// <param name="gradient">g, the training loss's gradient in the attacked images.</param>
    public void Advance(in InnerAttackInputs inputs, DeviceSpan<float> gradient)
    {
        var (mine, epsilon) = (Of(inputs), inputs.Budget.Epsilon);
        Elementwise.Copy(inputs.Adversarial, mine);
        LinfStep.Step(gradient, inputs.Natural, epsilon, epsilon, mine);
        Elementwise.AddScaled(mine, inputs.Natural, -1f, mine);
    }

    /// <inheritdoc/>
    public void Dispose() => Values.Buffer.Dispose();

    private DeviceSpan<float> Of(in InnerAttackInputs inputs) => Values.Slice(inputs.First, inputs.Natural.Length);
}

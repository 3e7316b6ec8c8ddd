using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Attacks;

/// <summary>Auto-PGD (Croce and Hein 2020, arXiv:2003.01690, algorithm 1) in the L∞ ball with two iterations, from the images themselves: the
/// attack of adversarial training with few steps (Singh et al. 2023, arXiv:2303.01870). It raises cross-entropy and returns, image by image, the
/// point of the three with the largest loss. Three forward passes and two backward passes. A lane makes one and uses it again and again.</summary>
public sealed class TwoStepApgd : IDisposable
{
    private const float MomentumShare = 0.75f; // a of every iteration but the first

    private readonly Victim _victim;
    private readonly LanePools _pools;
    private readonly DeviceSpan<int> _chosen;
    private readonly int[] _marks;
    private readonly float[] _lengths;
    private readonly float[] _logits;
    private readonly float[] _losses;
    private readonly float[] _best;

    /// <summary>Prepares attacks.</summary>
    /// <param name="victim">The lane's view of the model.</param>
    /// <param name="pools">Where the lane's intermediates come from.</param>
    /// <param name="most">Most images at once.</param>
    public TwoStepApgd(Victim victim, LanePools pools, int most)
    {
        (_victim, _pools) = (victim, pools);
        _chosen = victim.Model.Device.Allocate<int>(most, "chosen images");
        _marks = new int[most];
        _lengths = new float[most];
        _logits = new float[most * victim.Model.Classes];
        (_losses, _best) = (new float[most], new float[most]);
    }

    /// <summary>Attacks some images.</summary>
    /// <param name="epsilon">Radius of the ball; the first step is twice as long.</param>
    /// <param name="images">[count, channels, side, side] in [0, 1].</param>
    /// <param name="labels">[count].</param>
    /// <param name="adversarial">Receives the result.</param>
    public void Run(float epsilon, DeviceSpan<float> images, DeviceSpan<int> labels, DeviceSpan<float> adversarial)
    {
        var (count, size) = ((int)labels.Length, images.Length);
        DeviceSpan<float> points = _pools.Rent(size), previous = _pools.Rent(size), gradient = _pools.Rent(size), first = _pools.Rent(size);
        DeviceSpan<float> lengths = _pools.Rent(count), shares = _pools.Rent(count);
        Elementwise.Copy(images, points);
        Elementwise.Copy(images, previous);
        Elementwise.Copy(images, adversarial);
        Evaluate(points, labels, first);
        _losses.AsSpan(0, count).CopyTo(_best);

        Elementwise.Fill(2 * epsilon, lengths);
        Elementwise.Fill(1f, shares);
        ApgdStep.Linf(first, images, lengths, shares, count, _victim.Values, epsilon, previous, points);
        Evaluate(points, labels, gradient);
        KeepBetter(points, adversarial, count);

        // With two iterations a checkpoint is due after each. At the first, the loss counts as risen when it is above 0, where its table
        // begins, and the step was never halved before; so only a loss of 0 halves it, and goes back to the best point: the start.
        if (MarkVanished(count))
        {
            Rows.Select(_chosen.Slice(0, count), images, count, _victim.Values, points);
            Rows.Select(_chosen.Slice(0, count), first, count, _victim.Values, gradient);
            for (var i = 0; i < count; i++)
                _lengths[i] = _marks[i] != 0 ? epsilon : 2 * epsilon;
            lengths.CopyFrom(_lengths.AsSpan(0, count));
        }

        Elementwise.Fill(MomentumShare, shares);
        ApgdStep.Linf(gradient, images, lengths, shares, count, _victim.Values, epsilon, previous, points);
        Evaluate(points, labels, default);
        KeepBetter(points, adversarial, count);
        _pools.Return(shares);
        _pools.Return(lengths);
        _pools.Return(first);
        _pools.Return(gradient);
        _pools.Return(previous);
        _pools.Return(points);
    }

    /// <inheritdoc/>
    public void Dispose() => _chosen.Buffer.Dispose();

    private void Evaluate(DeviceSpan<float> points, DeviceSpan<int> labels, DeviceSpan<float> gradient)
    {
        var count = (int)labels.Length;
        _victim.Evaluate(
            AttackLoss.CrossEntropy, points, labels, default, _logits.AsSpan(0, count * _victim.Model.Classes), _losses.AsSpan(0, count), gradient);
    }

    private void KeepBetter(DeviceSpan<float> points, DeviceSpan<float> adversarial, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _marks[i] = _losses[i] > _best[i] ? 1 : 0;
            if (_marks[i] != 0)
                _best[i] = _losses[i];
        }

        UploadMarks(count);
        Rows.Select(_chosen.Slice(0, count), points, count, _victim.Values, adversarial);
    }

    private bool MarkVanished(int count)
    {
        for (var i = 0; i < count; i++)
            _marks[i] = _losses[i] > 0 ? 0 : 1;
        if (!_marks.AsSpan(0, count).Contains(1))
            return false;
        UploadMarks(count);
        return true;
    }

    private void UploadMarks(int count) => _chosen.Slice(0, count).CopyFrom(_marks.AsSpan(0, count));
}

using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Attacks;

/// <summary>Auto-PGD (Croce and Hein 2020, arXiv:2003.01690, algorithm 1) in the L∞ ball with two iterations, from the images themselves: the
/// attack of adversarial training with few steps (Singh et al. 2023, arXiv:2303.01870). It raises cross-entropy and returns, image by image, the
/// point of the three with the largest loss. Three forward passes and two backward passes, all images in step, with room from the lane's pools: a
/// lane makes one and uses it again and again.</summary>
public sealed class TwoStepApgd
{
    private const int Iterations = 2;
    private const float Rho = 0.75f;
    private const float MomentumShare = 0.75f; // a of every iteration but the first

    private readonly Victim _victim;
    private readonly LanePools _pools;
    private readonly ApgdStepSize[] _sizes;
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
        (_sizes, _marks, _lengths) = (new ApgdStepSize[most], new int[most], new float[most]);
        (_logits, _losses, _best) = (new float[most * victim.Model.Classes], new float[most], new float[most]);
    }

    /// <summary>Attacks some images.</summary>
    /// <param name="epsilon">Radius of the ball; the first step is twice as long.</param>
    /// <param name="images">[count, channels, side, side] in [0, 1].</param>
    /// <param name="labels">[count].</param>
    /// <param name="adversarial">Receives the result.</param>
    public void Run(float epsilon, DeviceSpan<float> images, DeviceSpan<int> labels, DeviceSpan<float> adversarial)
    {
        var (count, size, values) = ((int)labels.Length, images.Length, _victim.Values);
        DeviceSpan<float> points = _pools.Rent(size), previous = _pools.Rent(size), gradient = _pools.Rent(size), bestGradient = _pools.Rent(size);
        DeviceSpan<float> lengths = _pools.Rent(count), shares = _pools.Rent(count), chosen = _pools.Rent(count);
        Elementwise.Copy(images, points);
        Elementwise.Copy(images, previous);
        Elementwise.Copy(images, adversarial);
        Evaluate(points, labels, gradient);
        Elementwise.Copy(gradient, bestGradient);
        for (var i = 0; i < count; i++)
        {
            _sizes[i] = new ApgdStepSize(new ApgdCheckpoints(Iterations), Rho, 2 * epsilon, _losses[i]);
            _best[i] = _losses[i];
        }

        Elementwise.Fill(2 * epsilon, lengths);
        Elementwise.Fill(1f, shares);
        ApgdStep.Linf(gradient, images, lengths, shares, count, values, epsilon, previous, points);
        Evaluate(points, labels, gradient);
        if (MarkBetter(count, chosen))
        {
            Rows.Select(chosen.Cast<int>(), points, count, values, adversarial);
            Rows.Select(chosen.Cast<int>(), gradient, count, values, bestGradient);
        }

        if (MarkHalved(count, chosen))
        {
            Rows.Select(chosen.Cast<int>(), adversarial, count, values, points);
            Rows.Select(chosen.Cast<int>(), bestGradient, count, values, gradient);
            lengths.CopyFrom(_lengths.AsSpan(0, count));
        }

        Elementwise.Fill(MomentumShare, shares);
        ApgdStep.Linf(gradient, images, lengths, shares, count, values, epsilon, previous, points);
        Evaluate(points, labels, default);
        if (MarkBetter(count, chosen))
            Rows.Select(chosen.Cast<int>(), points, count, values, adversarial);
        _pools.Return(chosen);
        _pools.Return(shares);
        _pools.Return(lengths);
        _pools.Return(bestGradient);
        _pools.Return(gradient);
        _pools.Return(previous);
        _pools.Return(points);
    }

    private void Evaluate(DeviceSpan<float> points, DeviceSpan<int> labels, DeviceSpan<float> gradient)
    {
        var count = (int)labels.Length;
        _victim.Evaluate(
            AttackLoss.CrossEntropy, points, labels, default, _logits.AsSpan(0, count * _victim.Model.Classes), _losses.AsSpan(0, count), gradient);
    }

    private bool MarkBetter(int count, DeviceSpan<float> chosen)
    {
        for (var i = 0; i < count; i++)
        {
            _marks[i] = _losses[i] > _best[i] ? 1 : 0;
            _best[i] = Math.Max(_best[i], _losses[i]);
        }

        return Send(count, chosen);
    }

    private bool MarkHalved(int count, DeviceSpan<float> chosen)
    {
        for (var i = 0; i < count; i++)
        {
            _marks[i] = _sizes[i].Observe(_losses[i], _best[i]) ? 1 : 0;
            _lengths[i] = _sizes[i].Length;
        }

        return Send(count, chosen);
    }

    private bool Send(int count, DeviceSpan<float> chosen)
    {
        var marks = _marks.AsSpan(0, count);
        if (!marks.Contains(1))
            return false;
        chosen.Cast<int>().CopyFrom(marks);
        return true;
    }
}

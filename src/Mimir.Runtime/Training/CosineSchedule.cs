namespace Mimir.Runtime.Training;

/// <summary>Linear warm-up, then half a cosine (MAE's schedule), set before every optimiser step at a fractional epoch.</summary>
/// <param name="Rate">The peak.</param>
/// <param name="MinRate">The end.</param>
/// <param name="WarmupEpochs">Epochs of warm-up; the very first step has rate 0.</param>
/// <param name="Epochs">Epochs in all.</param>
public sealed record CosineSchedule(double Rate, double MinRate, double WarmupEpochs, double Epochs)
{
    /// <summary>The rate at epoch <paramref name="t"/>, counted from 0.</summary>
    public double At(double t) => t < WarmupEpochs
        ? Rate * t / WarmupEpochs
        : MinRate + (Rate - MinRate) * 0.5 * (1 + Math.Cos(Math.PI * (t - WarmupEpochs) / (Epochs - WarmupEpochs)));
}

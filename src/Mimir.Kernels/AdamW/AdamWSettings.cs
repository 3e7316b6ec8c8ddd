namespace Mimir.Kernels;

/// <summary>What one optimiser step uses for all parameters.</summary>
/// <param name="Rate">Learning rate of this step.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1).</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1).</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
/// <param name="StepNumber">t of the bias corrections, from 1.</param>
/// <param name="GradientScale">Multiplies the gradients first: 1/accumulations, or a clipping factor.</param>
public readonly record struct AdamWSettings(float Rate, float Beta1, float Beta2, float Epsilon, long StepNumber, float GradientScale);

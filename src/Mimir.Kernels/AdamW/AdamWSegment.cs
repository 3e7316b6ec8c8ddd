namespace Mimir.Kernels;

/// <summary>A run of parameters that share their rate and decay: a tensor, or a group that lies together.</summary>
/// <param name="Offset">First element.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="RateScale">Multiplies the learning rate (layer-wise decay of the rate).</param>
/// <param name="WeightDecay">Decoupled weight decay, 0 for biases and other one-dimensional tensors.</param>
public readonly record struct AdamWSegment(long Offset, long Count, float RateScale, float WeightDecay);

namespace Mimir.Runtime.Benchmarks;

/// <summary>How long a step is repeated: one time at least.</summary>
/// <param name="Repetitions">At most so many times.</param>
/// <param name="Seconds">None is started later than this.</param>
public readonly record struct StepLimit(int Repetitions, double Seconds = double.PositiveInfinity);

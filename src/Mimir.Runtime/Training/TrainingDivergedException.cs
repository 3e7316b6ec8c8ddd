namespace Mimir.Runtime.Training;

/// <summary>The loss or the gradient of a step is no finite number; the parameters were not touched by it. Only a finite gradient whose square
/// overflows is noticed no earlier than by the optimiser.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);

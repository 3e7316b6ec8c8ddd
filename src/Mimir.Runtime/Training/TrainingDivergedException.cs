namespace Mimir.Runtime.Training;

/// <summary>The loss or the gradient of a step is no finite number; the parameters were not touched by it.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);

namespace Mimir.Runtime.Training;

/// <summary>The loss or the gradient of a step is no finite number. A bad loss leaves the parameters untouched; a bad gradient is
/// noticed while the optimiser takes it, after which the parameters are of no use.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);

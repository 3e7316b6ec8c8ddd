namespace Mimir.Cli.Reports;

/// <summary>Accuracies of a classifier.</summary>
/// <param name="Checkpoint">The classifier.</param>
/// <param name="Data">The images.</param>
/// <param name="Images">How many.</param>
/// <param name="Natural">As the images are.</param>
/// <param name="Attacks">Under each attack, in the order asked for.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record EvaluationReport(
    string Checkpoint, string Data, int Images, AccuracyReport Natural, IReadOnlyList<AttackReport> Attacks, double Seconds) : Report;

/// <summary>An accuracy.</summary>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Accuracy">Their share.</param>
/// <param name="Interval">Half the width of its 95 % interval.</param>
internal sealed record AccuracyReport(int Correct, double Accuracy, double Interval);

/// <summary>Accuracy under an attack.</summary>
/// <param name="Name">Such as <c>pgd-20</c>.</param>
/// <param name="Eps">Radius in [0, 1].</param>
/// <param name="Alpha">Step length.</param>
/// <param name="Steps">Steps.</param>
/// <param name="Restarts">Random starts.</param>
/// <param name="Robust">Images right as they are and under every restart.</param>
internal sealed record AttackReport(string Name, float Eps, float Alpha, int Steps, int Restarts, AccuracyReport Robust);

namespace Mimir.Runtime.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Attack">The attack under way.</param>
/// <param name="Number">Its number in the plan, from 0.</param>
/// <param name="Attacks">Attacks in the plan.</param>
/// <param name="Done">Images that it is done with.</param>
/// <param name="Images">Images that it attacks.</param>
/// <param name="Standing">Images of the evaluation that nothing is known to have broken.</param>
/// <param name="ImagesPerSecond">Images done a second, in this attack and sitting.</param>
/// <param name="EvaluationsPerSecond">Images that the model looks at in a second, in this attack and sitting.</param>
/// <param name="Remaining">Seconds to the end of all attacks if no image breaks that has not; NaN while nothing is known.</param>
/// <param name="Share">Share of the work that is done, in [0, 1].</param>
public readonly record struct EvaluationProgress(
    string Attack, int Number, int Attacks, int Done, int Images, Accuracy Standing, double ImagesPerSecond, double EvaluationsPerSecond, double Remaining,
    double Share);

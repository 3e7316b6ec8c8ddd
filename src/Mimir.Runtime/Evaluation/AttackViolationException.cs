namespace Mimir.Runtime.Evaluation;

/// <summary>An attack returned something that is no image of its threat model: a defect of the attack, which no accuracy may rest on.</summary>
public sealed class AttackViolationException(string message) : InvalidOperationException(message);

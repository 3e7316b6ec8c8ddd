namespace Mimir.Runtime.Training;

/// <summary>What to do about catastrophic overfitting.</summary>
public enum OverfittingResponse
{
    /// <summary>Say so and go on.</summary>
    Report,

    /// <summary>End the run with the weights as they are.</summary>
    Stop,

    /// <summary>End the run with the weights that the epoch before left.</summary>
    Rollback,
}

/// <summary>Catastrophic overfitting (Wong et al. 2020, arXiv:2001.03994): from one epoch to the next the model has lost what it withstood of a
/// multi-step attack, often while it does better than ever against the attack that it is trained with.</summary>
/// <param name="GuardBefore">Accuracy on the guard's images under its attack, after the epoch before.</param>
/// <param name="GuardNow">The same now.</param>
/// <param name="AttackedBefore">Mean accuracy on the images that the epoch before was trained on.</param>
/// <param name="AttackedNow">The same of this epoch.</param>
/// <param name="Response">What is done about it.</param>
public sealed record Overfitting(double GuardBefore, double GuardNow, double AttackedBefore, double AttackedNow, OverfittingResponse Response);

/// <summary>What the overfitting guard must know of the epoch before.</summary>
/// <param name="Guard">Accuracy on its images under its attack.</param>
/// <param name="Attacked">Mean accuracy on the images trained on.</param>
/// <param name="Ended">Whether the guard ended the run.</param>
public sealed record GuardMemory(double Guard, double Attacked, bool Ended);

namespace Mimir.Runtime.Evaluation;

/// <summary>Settings beside the threat model and the seed that an attack reads.</summary>
[Flags]
public enum AttackKnobs
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="AttackSettings.Alpha"/>.</summary>
    Alpha = 1,

    /// <summary><see cref="AttackSettings.Steps"/>.</summary>
    Steps = 2,

    /// <summary><see cref="AttackSettings.Restarts"/>.</summary>
    Restarts = 4,

    /// <summary><see cref="AttackSettings.Keep"/>.</summary>
    Keep = 8,

    /// <summary><see cref="AttackSettings.Reference"/>.</summary>
    Reference = 16,

    /// <summary><see cref="AttackSettings.Queries"/>.</summary>
    Queries = 32,

    /// <summary><see cref="AttackSettings.Targets"/>.</summary>
    Targets = 64,
}

namespace Mimir.Runtime.Data;

/// <summary>Which images of a data set.</summary>
public enum DataSplit
{
    /// <summary>Those to learn from.</summary>
    Train,

    /// <summary>Those to judge by.</summary>
    Test,
}

namespace Mimir.Runtime.Information;

/// <summary>How <see cref="Renyi"/> chooses the s of its kernel exp(−D/s), D squared distances, for each side and batch.</summary>
public enum RenyiBandwidth
{
    /// <summary>The mean of all squared distances, the zero diagonal included: s grows with D, so the kernel keeps its contrast.</summary>
    Mean,

    /// <summary>The mean over all rows of the distances (not squared) to their 10 nearest rows, themselves included: what the
    /// published code meant. In many dimensions the Gram matrix is then close to the identity and the gradient to nothing.</summary>
    Nearest,

    /// <summary>The mean distance (not squared) from the batch's first 10 rows to all rows, themselves included: what the published
    /// code computes.</summary>
    Published,
}

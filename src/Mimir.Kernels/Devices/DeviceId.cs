namespace Mimir.Kernels.Devices;

/// <summary>The kind of machine that runs the kernels.</summary>
public enum DeviceKind
{
    /// <summary>Host SIMD.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through its driver.</summary>
    Cuda,

    /// <summary>The PTX emulator behind the driver interface.</summary>
    Emulator,
}

/// <summary>Names a device: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> or <c>emulator</c>.</summary>
/// <param name="Kind">What runs the kernels.</param>
/// <param name="Ordinal">The number among devices of one kind, from 0.</param>
public readonly record struct DeviceId(DeviceKind Kind, int Ordinal = 0)
{
    /// <summary>The host.</summary>
    public static DeviceId Cpu => new(DeviceKind.Cpu);

    /// <summary>Reads a device name.</summary>
    /// <exception cref="FormatException">The name is none of the known ones.</exception>
    public static DeviceId Parse(string text)
    {
        var parts = text.Split(':');
        var ordinal = 0;
        if (parts.Length <= 2
            && Enum.TryParse<DeviceKind>(parts[0], ignoreCase: true, out var kind)
            && !char.IsAsciiDigit(text.FirstOrDefault())
            && (parts.Length == 1 || (kind == DeviceKind.Cuda && int.TryParse(parts[1], out ordinal) && ordinal >= 0)))
        {
            return new DeviceId(kind, ordinal);
        }

        throw new FormatException($"'{text}' is no device; use cpu, cuda, cuda:N or emulator");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Kind.ToString().ToLowerInvariant() + (Kind == DeviceKind.Cuda ? $":{Ordinal}" : "");
}

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What the front end accepts and the emulator cannot run.</summary>
internal static class Unsupported
{
    /// <summary>The exception for a place in a module.</summary>
    public static PtxException At(PtxModule module, PtxPosition position, string message) =>
        new([new PtxDiagnostic { Severity = PtxSeverity.Error, Kind = "unsupported", Message = message, File = module.File, Position = position }]);
}
